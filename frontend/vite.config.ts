import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const api = process.env.HEADWATER_API ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    // The server forbids data: fonts and inline scripts, so every asset is a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1300,
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: "plotly", test: /plotly/ }] } },
    },
  },
  css: { modules: { localsConvention: "camelCaseOnly" } },
  server: { proxy: { "/api": { target: api, changeOrigin: true } } },
});
