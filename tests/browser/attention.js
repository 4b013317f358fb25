// A page of a headless browser is always visible and focused; a test says here whether somebody looks at it.
(() => {
  let visible = true;
  let focused = true;
  Object.defineProperties(Document.prototype, {
    visibilityState: { get: () => (visible ? "visible" : "hidden") },
    hidden: { get: () => !visible },
  });
  Document.prototype.hasFocus = () => visible && focused;
  window.attention = (sight, focus) => {
    const before = { visible, focused };
    [visible, focused] = [sight, focus];
    if (before.visible !== visible) document.dispatchEvent(new Event("visibilitychange"));
    if (before.focused !== focused) window.dispatchEvent(new Event(focused ? "focus" : "blur"));
  };
  document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`),
  );
})();
