import { QueryClient } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";
import { createLabels, isDense, shortLabel } from "./labels";

test("a name keeps its first part, and a bare space is seen", () => {
  expect(shortLabel("strongest on “ care” · before “ to”")).toBe("“care”");
  expect(shortLabel("fires on “=”, “ ”")).toBe("fires on “=”, “␣”");
});

test("dense is more than a tenth of all tokens, and unknown is not dense", () => {
  expect([0.6, 0.1, null, undefined].map(isDense)).toEqual([true, false, false, false]);
});

test("a thousand wanted names are asked for four at a time, each once", async () => {
  let running = 0;
  let most = 0;
  const queries = new QueryClient();
  const fetched = vi.spyOn(queries, "fetchQuery").mockImplementation(async () => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
    return { summary: "fires on “a”", density: 0.6 } as never;
  });
  const labels = createLabels(queries);
  for (let index = 0; index < 1000; index++) labels.want("brook.transcoders.0", index);
  labels.want("brook.transcoders.0", 0);
  await vi.waitFor(() => expect(labels.store.getState().names.size).toBe(1000));
  expect(fetched).toHaveBeenCalledTimes(1000);
  expect(most).toBe(4);
  expect(labels.store.getState().dense.get("brook.transcoders.0.7")).toBe(0.6);
});
