// The first load must stay small: fails the build when a budget is passed.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url).pathname;
const gzipKb = (name) => gzipSync(readFileSync(join(dist, name))).length / 1000;

const html = readFileSync(join(dist, "index.html"), "utf8");
const first = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((match) => match[1]);
const firstStyles = [...html.matchAll(/href="\/(assets\/[^"]+\.css)"/g)].map((match) => match[1]);
const assets = readdirSync(join(dist, "assets")).map((name) => `assets/${name}`);
const scripts = assets.filter((name) => name.endsWith(".js"));
const styles = assets.filter((name) => name.endsWith(".css"));
const sum = (names) => names.reduce((total, name) => total + gzipKb(name), 0);

const plotly = scripts.filter((name) => /plotly/i.test(name));
const budgets = [
  ["JavaScript on first load", sum(first), 170],
  // Every page beyond the first comes in a chunk of its own, so these grow with the pages.
  ["all JavaScript but plotly", sum(scripts.filter((name) => !plotly.includes(name))), 350],
  ["plotly, on demand", sum(plotly), 400],
  ["CSS on first load", sum(firstStyles), 20],
  ["all CSS", sum(styles), 34],
];
let over = false;
for (const [what, size, limit] of budgets) {
  over ||= size > limit;
  console.log(
    `${size > limit ? "OVER" : "  ok"}  ${what}: ${size.toFixed(1)} kB gzipped of ${limit}`,
  );
}
process.exit(over ? 1 : 0);
