// Validates an AsyncAPI document, given on stdin, by its official parser. Exits with 1 where it finds an error or a warning;
// that there is a later version of AsyncAPI is neither.

import { Parser } from "@asyncapi/parser";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { document, diagnostics } = await new Parser().parse(Buffer.concat(chunks).toString());
const faults = diagnostics.filter(({ severity }) => severity <= 1);
for (const { severity, message, path } of faults) console.error(`${severity} ${path.join(".")}: ${message}`);
console.log(`${document?.messages().all().length ?? 0} messages`);
process.exit(document && faults.length === 0 ? 0 : 1);
