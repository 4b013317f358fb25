// Validates an AsyncAPI document, given on stdin, by its official parser. Exits with 1 where it finds anything at all.

import { Parser } from "@asyncapi/parser";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { document, diagnostics } = await new Parser().parse(Buffer.concat(chunks).toString());
for (const { severity, message, path } of diagnostics) console.error(`${severity} ${path.join(".")}: ${message}`);
console.log(`${document?.messages().all().length ?? 0} messages`);
process.exit(document && diagnostics.length === 0 ? 0 : 1);
