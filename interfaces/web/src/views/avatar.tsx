/** Initials in a colour that stays the same: a person's goes by the name, for a summary tells no more of the other one. */
import { memo, type CSSProperties } from "react";

const HUES = [20, 50, 80, 110, 140, 170, 200, 230, 260, 290, 320, 350];

function hue(id: string): number {
  let hash = 0x811c9dc5; // FNV-1a: names that differ in a letter differ in colour
  for (const character of id) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  return HUES[(hash >>> 8) % HUES.length]!;
}

function initials(name: string): string {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? [name.trim()];
  const letters = [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...(word ?? "")][0] ?? "");
  return letters.join("").toLocaleUpperCase();
}

interface Props {
  name: string;
  /** What the colour goes by, where that isn't the name. */
  id?: string;
  size?: string;
  many?: boolean;
}

export const Avatar = memo(function Avatar({ name, id = name, size, many }: Props) {
  const style = { "--hue": hue(id), ...(size && { "--size": size }) } as CSSProperties;
  // drawn by the style sheet: to a screen reader, or who looks for text, they say nothing that the name doesn't
  return <span className={many ? "avatar many" : "avatar"} style={style} data-initials={initials(name)} />;
});
