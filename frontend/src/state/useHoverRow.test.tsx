import { QueryClient } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { createHover, type Explorer, ExplorerContext } from "./explorer";
import { createLabels } from "./labels";
import { useHoverRow } from "./useHoverRow";

afterEach(cleanup);

function Entry() {
  const { handlers } = useHoverRow(7);
  return (
    <button type="button" {...handlers}>
      entry
    </button>
  );
}

function show() {
  const hover = createHover();
  const explorer = { hover, labels: createLabels(new QueryClient()) } as unknown as Explorer;
  const { unmount } = render(
    <ExplorerContext value={explorer}>
      <Entry />
    </ExplorerContext>,
  );
  return { hover, unmount };
}

test("an entry that goes away under the pointer takes its light with it", () => {
  const { hover, unmount } = show();
  fireEvent.focus(screen.getByText("entry"));
  expect(hover.getState()).toEqual({ row: 7, from: "list" });
  unmount();
  expect(hover.getState()).toEqual({ row: null, from: null });
});

test("light from elsewhere stays", () => {
  const { hover, unmount } = show();
  hover.setState({ row: 7, from: "canvas" });
  unmount();
  expect(hover.getState().row).toBe(7);
});
