/** Initials in a colour that stays the same: a person's goes by the name, for a summary tells no more of the other one. */
import { memo, type CSSProperties } from "react";

const HUES = [25, 70, 105, 145, 180, 215, 250, 285, 320, 350];

function hue(id: string): number {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + character.codePointAt(0)!) % 65_521;
  return HUES[hash % HUES.length]!;
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
  return (
    <span className={many ? "avatar many" : "avatar"} style={style} aria-hidden="true">
      {initials(name)}
    </span>
  );
});
