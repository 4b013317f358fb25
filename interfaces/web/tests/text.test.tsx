import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { Text, isEmojiOnly } from "../src/views/text";

function links(body: string): string[] {
  const page = document.createElement("div");
  page.innerHTML = renderToStaticMarkup(<Text body={body} />);
  expect(page.textContent).toBe(body);
  return [...page.querySelectorAll("a")].map((link) => link.getAttribute("href")!);
}

test("addresses of the web and of mailboxes become links", () => {
  expect(links("voir https://litspark.example/a?b=c#d, merci")).toEqual(["https://litspark.example/a?b=c#d"]);
  expect(links("(www.litspark.fr) et moi@litspark.example")).toEqual([
    "http://www.litspark.fr",
    "mailto:moi@litspark.example",
  ]);
});

test.each([
  "javascript:alert(1)",
  "JaVaScRiPt:alert(document.cookie)",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:x file:///etc/passwd ftp://litspark.example //litspark.example",
  "<img src=x onerror=alert(1)>",
  "<a href='javascript:alert(1)'>clic</a>",
  "chapitre.md et README.py",
])("%s stays text", (body) => {
  expect(links(body)).toEqual([]);
});

test("a link opens apart and tells nobody where it was clicked", () => {
  expect(renderToStaticMarkup(<Text body="https://litspark.example" />)).toContain(
    'target="_blank" rel="noopener noreferrer nofollow"',
  );
});

test("text is kept as typed", () => {
  expect(links("  deux\n\n   lignes\t& <b>signes</b>  ")).toEqual([]);
});

test.each([
  ["❤️📚", true],
  ["👩‍👩‍👧 🇫🇷 👍🏽", true],
  ["ok 👍", false],
  ["12", false],
  ["   ", false],
  ["👍".repeat(30), false],
])("%s is nothing but a few emoji: %s", (body, expected) => {
  expect(isEmojiOnly(body)).toBe(expected);
});
