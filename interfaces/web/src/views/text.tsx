/** A message's text, kept as typed; what is surely an address on the web or of a mailbox becomes a link. */
import { LinkifyIt, type Match } from "linkify-it";
import { memo, type ReactNode } from "react";

const finder = new LinkifyIt({ fuzzyLink: true }).add("ftp:", null).add("//", null);
const SAFE = /^(?:https?|mailto):/i;
const EMOJI = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[\u200d\ufe0f\s]){1,24}$/u;

export function isEmojiOnly(body: string): boolean {
  return EMOJI.test(body) && /\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(body);
}

/** Without a scheme only `www.` is an address: `chapter.md` is a file far more often than a site in Moldova. */
function isLink({ schema, raw, url }: Match): boolean {
  return SAFE.test(url) && (schema !== "" || /^www\./i.test(raw));
}

function linked(body: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const found of finder.match(body) ?? []) {
    if (!isLink(found)) continue;
    parts.push(
      body.slice(end, found.index),
      <a key={found.index} href={found.url} target="_blank" rel="noopener noreferrer nofollow">
        {body.slice(found.index, found.lastIndex)}
      </a>,
    );
    end = found.lastIndex;
  }
  return [...parts, body.slice(end)];
}

export const Text = memo(function Text({ body }: { body: string }) {
  return <p className={isEmojiOnly(body) ? "text emoji" : "text"}>{linked(body)}</p>;
});
