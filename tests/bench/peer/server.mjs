// A chat as most would write it on Node, Socket.IO and PostgreSQL: one transaction a message, then what it changed is
// emitted. It speaks as much of the protocol as the benches ask for, and checks no more than it has to.
import { createServer } from "node:http";
import jwt from "jsonwebtoken";
import pg from "pg";
import { Server } from "socket.io";

const pool = new pg.Pool({ max: 20 });
const http = createServer();
const io = new Server(http, { serveClient: false });

io.use(async (socket, next) => {
    try {
        const { sub, name } = jwt.verify(socket.handshake.auth.token, process.env.JWT_SECRET, { algorithms: ["HS256"] });
        socket.data = { user_id: sub, name: name ?? sub };
        await pool.query(
            "INSERT INTO users VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE SET name = excluded.name WHERE users.name <> excluded.name",
            [sub, socket.data.name],
        );
        next();
    } catch (error) {
        next(error);
    }
});

const SUMMARY = `SELECT c.conversation_id, c.kind, c.title, c.last_number, c.last_message, p.unread_count, c.created_at,
        c.updated_at, (SELECT count(*)::int FROM participants q WHERE q.conversation_id = c.conversation_id) AS participant_count
    FROM participants p JOIN conversations c USING (conversation_id) WHERE p.user_id = $1`;

async function transaction(work) {
    const client = await pool.connect();
    try {
        await client.query("BEGIN");
        const result = await work(client);
        await client.query("COMMIT");
        return result;
    } catch (error) {
        await client.query("ROLLBACK");
        throw error;
    } finally {
        client.release();
    }
}

async function startConversation(user, { conversation_id, kind, title = null, participant_ids }) {
    const people = [...new Set([user.user_id, ...participant_ids])];
    await transaction(async (client) => {
        await client.query("INSERT INTO conversations (conversation_id, kind, title) VALUES ($1, $2, $3)", [
            conversation_id,
            kind,
            title,
        ]);
        await client.query("INSERT INTO participants (conversation_id, user_id) SELECT $1, unnest($2::text[])", [
            conversation_id,
            people,
        ]);
    });
    for (const user_id of people) {
        const { rows } = await pool.query(`${SUMMARY} AND c.conversation_id = $2`, [user_id, conversation_id]);
        io.to(`user:${user_id}`).emit("new_conversation", { conversation: rows[0] });
    }
    return { conversation: { conversation_id, kind, title } };
}

async function joinConversation(user, { conversation_id }, socket) {
    const { rows } = await pool.query(`${SUMMARY} AND c.conversation_id = $2`, [user.user_id, conversation_id]);
    if (!rows.length) throw new Error("no such conversation");
    const messages = await pool.query("SELECT * FROM messages WHERE conversation_id = $1 ORDER BY number DESC LIMIT 50", [
        conversation_id,
    ]);
    socket.join(`conversation:${conversation_id}`);
    return { conversation: rows[0], messages: messages.rows.reverse() };
}

async function sendMessage(user, { conversation_id, message_id, body }) {
    const { conversation, message, people } = await transaction(async (client) => {
        const { rows: members } = await client.query(
            "SELECT FROM participants WHERE conversation_id = $1 AND user_id = $2",
            [conversation_id, user.user_id],
        );
        if (!members.length) throw new Error("no such conversation");
        const last = { message_id, sender_id: user.user_id, sender_name: user.name, preview: body.slice(0, 140) };
        const { rows: conversations } = await client.query(
            `UPDATE conversations SET last_number = last_number + 1, last_message = $2, updated_at = now()
            WHERE conversation_id = $1 RETURNING *`,
            [conversation_id, last],
        );
        const { rows: messages } = await client.query(
            `INSERT INTO messages (message_id, conversation_id, number, sender_id, body) VALUES ($1, $2, $3, $4, $5)
            RETURNING *`,
            [message_id, conversation_id, conversations[0].last_number, user.user_id, body],
        );
        const { rows: people } = await client.query(
            `UPDATE participants SET unread_count = CASE WHEN user_id = $2 THEN 0 ELSE unread_count + 1 END
            WHERE conversation_id = $1 RETURNING user_id, unread_count`,
            [conversation_id, user.user_id],
        );
        return { conversation: conversations[0], message: { ...messages[0], sender_name: user.name }, people };
    });
    io.to(`conversation:${conversation_id}`).emit("new_message", { conversation_id, message });
    for (const { user_id, unread_count } of people) {
        const summary = { ...conversation, unread_count, participant_count: people.length };
        io.to(`user:${user_id}`).emit("conversation_updated", { conversation: summary });
    }
    return { message };
}

async function markAsRead(user, { conversation_id }) {
    const { rows } = await pool.query(
        `UPDATE participants p SET unread_count = 0 FROM conversations c
        WHERE p.conversation_id = $1 AND p.user_id = $2 AND c.conversation_id = p.conversation_id
        RETURNING c.*, p.unread_count`,
        [conversation_id, user.user_id],
    );
    const [conversation] = rows;
    const read_number = conversation.last_number;
    io.to(`conversation:${conversation_id}`).emit("messages_read", { conversation_id, user_id: user.user_id, read_number });
    io.to(`user:${user.user_id}`).emit("conversation_updated", { conversation });
    return { read_number, unread_count: 0 };
}

async function sync(user) {
    const { rows } = await pool.query(`${SUMMARY} ORDER BY c.updated_at DESC LIMIT 200`, [user.user_id]);
    return { conversations: rows };
}

const requests = {
    start_conversation: startConversation,
    join_conversation: joinConversation,
    send_message: sendMessage,
    mark_as_read: markAsRead,
    sync,
};

io.on("connection", (socket) => {
    socket.join(`user:${socket.data.user_id}`);
    for (const [name, handle] of Object.entries(requests)) {
        socket.on(name, async (payload, ack) => {
            try {
                ack({ ok: true, ...(await handle(socket.data, payload, socket)) });
            } catch (error) {
                ack({ ok: false, error: { code: "internal", message: error.message } });
            }
        });
    }
});

http.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
    console.log(`peer ready on http://127.0.0.1:${http.address().port}`);
});
