// The official JavaScript client, driven from Python: a JSON object a line, orders on stdin, what comes of it on stdout.
//
//   {id, client, do: "connect", url, options}     -> {id, result: {transport}} or {id, error: {message, status, data}}
//   {id, client, do: "emit", name, args, ack}     -> {id, result: [what the ack holds]}, or [] where none is asked for
//   {id, client, do: "transport"}                 -> {id, result: name}
//   {id, client, do: "disconnect"}                -> {id, result: null}
//
// and of its own accord {client, push: [name, ...args]}, {client, disconnected: reason}, {client, upgraded: name}.
// Lines come in the order in which the client was told, so that a test knows which push came before which ack.

import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const sockets = new Map();
const tell = (line) => process.stdout.write(JSON.stringify(line) + "\n");

const orders = {
  connect({ id, client, url, options }) {
    const socket = io(url, { reconnection: false, forceNew: true, ...options });
    sockets.set(client, socket);
    socket.io.on("open", () => {
      socket.io.engine.on("upgrade", ({ name }) => tell({ client, upgraded: name }));
    });
    socket.once("connect", () => tell({ id, result: { transport: socket.io.engine.transport.name } }));
    socket.once("connect_error", ({ message, data, description }) => {
      const status = typeof description === "number" ? description : undefined;
      tell({ id, error: { message, status, data } });
    });
    socket.onAny((...push) => tell({ client, push }));
    socket.on("disconnect", (reason) => tell({ client, disconnected: reason }));
  },
  emit({ id, client, name, args, ack }) {
    const socket = sockets.get(client);
    if (ack) {
      socket.emit(name, ...args, (...result) => tell({ id, result }));
    } else {
      socket.emit(name, ...args);
      tell({ id, result: [] });
    }
  },
  transport({ id, client }) {
    tell({ id, result: sockets.get(client).io.engine.transport.name });
  },
  disconnect({ id, client }) {
    sockets.get(client)?.disconnect();
    sockets.delete(client);
    tell({ id, result: null });
  },
};

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const order = JSON.parse(line);
    try {
      orders[order.do](order);
    } catch (error) {
      tell({ id: order.id, error: { message: String(error) } });
    }
  })
  .on("close", () => process.exit(0));
