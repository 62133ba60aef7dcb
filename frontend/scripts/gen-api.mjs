// Writes src/api/schema.d.ts from docs/openapi.json, or from a running server (HEADWATER_API).
import { readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const stored = new URL("../../docs/openapi.json", import.meta.url);
const server = process.env.HEADWATER_API;
const document = server
  ? await (await fetch(`${server}/api/v1/openapi.json`)).json()
  : JSON.parse(readFileSync(stored, "utf8"));
const banner =
  "/** Generated from the server's OpenAPI document by `npm run types`; do not edit. */\n";
const types = astToString(await openapiTS(document, { defaultNonNullable: false }));
writeFileSync(new URL("../src/api/schema.d.ts", import.meta.url), banner + types);
