import { readFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";
import { expect, it } from "vitest";

it("is what the stored OpenAPI document says; else run `npm run types`", async () => {
  const file = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
  const document = JSON.parse(file("../../../docs/openapi.json"));
  const types = astToString(await openapiTS(document, { defaultNonNullable: false }));
  expect(file("schema.d.ts").endsWith(types)).toBe(true);
});
