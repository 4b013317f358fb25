// What the screen says, as somebody who can't see it would be told, without what differs from moment to moment.
() => {
  const said = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.textContent;
    if (node.nodeType !== Node.ELEMENT_NODE || node.ariaHidden === "true") return "";
    if (node.tagName === "TIME") return `<${node.dateTime}>`;
    if (node.role === "img") return `[${node.ariaLabel}]`;
    return [...node.childNodes].map(said).join(" ").replace(/\s+/g, " ").trim();
  };
  const all = (selector, of = document) => [...(of?.querySelectorAll(selector) ?? [])];
  const log = document.querySelector("main [role=log]");
  const entries = all("article, h3, [role=img]", log).filter((one) => one.tagName === "ARTICLE" || !one.closest("article"));
  return {
    title: document.title,
    connection: said(document.querySelector("header [role=status]")),
    list: all("nav li a").map((row) => [row.pathname, row.ariaCurrent, said(row)]),
    heading: said(document.querySelector("main h2") ?? document.body),
    draft: document.querySelector("main textarea")?.value,
    entries: entries
      .map((one) => [one.ariaLabel, said(one)])
      .filter(([, words]) => !/^(Nouveaux messages|New messages)$/.test(words)),
  };
};
