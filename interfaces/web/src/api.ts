import type { Message, Messages, Problem, User, Users } from "./protocol";
import { Lost, Refused } from "./refusal";
import type { Tokens } from "./tokens";

const PAGE = 100;

/** What is fetched over HTTP: pages of messages, and people. */
export class Api {
  constructor(
    private readonly url: string,
    private readonly tokens: Tokens,
  ) {}

  async before(conversation_id: string, number: number): Promise<Message[]> {
    const query = `before=${number}&limit=${PAGE}`;
    return (await this.#get<Messages>(`/api/conversations/${conversation_id}/messages?${query}`)).messages;
  }

  async after(conversation_id: string, number: number): Promise<Message[]> {
    const query = `after=${number}&limit=${PAGE}`;
    return (await this.#get<Messages>(`/api/conversations/${conversation_id}/messages?${query}`)).messages;
  }

  async users(q: string): Promise<User[]> {
    return (await this.#get<Users>(`/api/users?q=${encodeURIComponent(q)}`)).users;
  }

  async #get<Body>(path: string, again = true): Promise<Body> {
    const response = await this.#fetched(path);
    if (response.ok) return (await response.json()) as Body;
    if (response.status !== 401 || !again) throw await refused(response);
    this.tokens.forget();
    return this.#get(path, false);
  }

  async #fetched(path: string): Promise<Response> {
    try {
      const headers = { Authorization: `Bearer ${await this.tokens.current()}` };
      return await fetch(this.url + path, { headers });
    } catch {
      throw new Lost();
    }
  }
}

export async function refused(response: Response): Promise<Error> {
  if (!response.headers.get("Content-Type")?.includes("json")) return new Lost(); // something in between has answered
  const { code, detail, details, retry_after } = (await response.json()) as Problem;
  return new Refused({
    code,
    message: detail,
    ...(details && { details }),
    ...(retry_after !== undefined && { retry_after }),
  });
}
