import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, it } from "vitest";

/** Who may import whom (ARCHITECTURE.md). Not in the table: nobody may. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  base: [],
  graph: ["base"],
  canvas: ["base", "graph"],
  api: ["base", "graph"],
  state: ["base", "graph", "api"],
  widgets: ["base", "api", "state"],
  panels: ["base", "graph", "api", "state", "widgets"],
  views: ["base", "graph", "canvas", "api", "state", "widgets", "panels"],
  app: ["base", "graph", "canvas", "api", "state", "widgets", "panels", "views"],
};

/** Widgets draw what they are given: of `api` they know types and problems. */
const WIDGETS_MAY: readonly string[] = ["api/types", "api/problem"];

const SOURCE = new URL(".", import.meta.url).pathname;

function files(folder: string): string[] {
  return readdirSync(join(SOURCE, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.|fixtures/.test(name))
    .map((name) => join(folder, name));
}

function imports(file: string): { path: string; isTypeOnly: boolean }[] {
  const text = readFileSync(join(SOURCE, file), "utf8");
  return [...text.matchAll(/(import|export)( type)?[^"';]*?["'](\.[^"']+)["']/g)].map((match) => ({
    path: normalize(join(dirname(file), match[3] ?? "")),
    isTypeOnly: match[2] !== undefined,
  }));
}

it.each(Object.keys(MAY_IMPORT))("%s imports only what lies below it", (folder) => {
  const wrong = files(folder).flatMap((file) =>
    imports(file)
      .filter(({ path }) => {
        const other = path.split("/")[0] ?? "";
        return other !== folder && !MAY_IMPORT[folder]?.includes(other);
      })
      .map(({ path }) => `${file} imports ${path}`),
  );
  expect(wrong).toEqual([]);
});

it("keeps the network out of widgets", () => {
  const wrong = files("widgets").flatMap((file) =>
    imports(file)
      .filter(({ path, isTypeOnly }) => /^(api|state)\//.test(path) && !isTypeOnly)
      .filter(({ path }) => !WIDGETS_MAY.includes(path))
      .map(({ path }) => `${file} imports ${path}`),
  );
  expect(wrong).toEqual([]);
});

it("keeps React and the network out of the engine", () => {
  for (const file of ["base", "graph", "canvas"].flatMap(files)) {
    const text = readFileSync(join(SOURCE, file), "utf8");
    expect(text, file).not.toMatch(/from "react|fetch\(/);
  }
});
