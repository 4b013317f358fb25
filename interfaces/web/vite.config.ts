import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin, type ProxyOptions } from "vite";

const SERVER = process.env.LITSPARK_URL ?? "http://127.0.0.1:8000";

/** What the server would write into the page: `make run` has the sign-in. */
const facts: Plugin = {
  name: "facts",
  apply: "serve",
  transformIndexHtml: (html) => html.replace("{{facts}}", JSON.stringify({ sign_in: true, waits: {} })),
};

/** The server sends what is packed already; fonts are. */
const packed: Plugin = {
  name: "packed",
  apply: "build",
  writeBundle({ dir = "" }, bundle) {
    for (const name of Object.keys(bundle).filter((one) => /\.(js|css|svg)$/.test(one))) {
      writeFileSync(`${dir}/${name}.gz`, gzipSync(readFileSync(`${dir}/${name}`), { level: 9 }));
    }
  },
};

/** The server takes a sign-in from its own pages only; of those this one is in place, and no other. */
const proxied: ProxyOptions = {
  target: SERVER,
  changeOrigin: true,
  configure: (proxy) =>
    proxy.on("proxyReq", (outgoing, incoming) => {
      if (incoming.headers.origin === `http://${incoming.headers.host}`) outgoing.setHeader("Origin", SERVER);
    }),
};

export default defineConfig({
  plugins: [react(), facts, packed],
  server: {
    port: 5173,
    strictPort: true, // the server lets this origin in
    proxy: {
      "/api": proxied,
      "/dev": proxied,
      "/asyncapi.json": proxied,
      "/openapi.json": proxied,
      "/socket.io": { target: SERVER, ws: true },
    },
  },
  build: {
    assetsInlineLimit: 0, // the policy lets in what has an address of ours
    modulePreload: { polyfill: false },
  },
});
