import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { Problem } from "../api/problem";
import { Histogram } from "./Histogram";
import { ProblemNote } from "./ProblemNote";
import { Range } from "./Range";
import { Tabs } from "./Tabs";
import { TintedText } from "./TintedText";
import { TokenText } from "./TokenText";

afterEach(cleanup);

it("shows spaces, line breaks and control characters of a token", () => {
  const { container } = render(<TokenText text={" to\n\u0007\u202e"} />);
  expect(container.textContent).toBe("␣to⏎\\x7\\x202e");
});

it("says what failed, offers one retry and an id to quote", () => {
  const retry = vi.fn();
  const problem = new Problem({
    title: "The worker is away",
    detail: "It is being restarted.",
    status: 503,
    kind: "worker-unavailable",
    requestId: "r-77",
  });
  render(<ProblemNote error={problem} onRetry={retry} />);
  expect(screen.getByRole("alert").textContent).toContain("It is being restarted.");
  expect(screen.getByText("r-77")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Retry" }));
  expect(retry).toHaveBeenCalledOnce();
});

it("reads a slider's value aloud in words", () => {
  render(
    <Range label="Nodes" value={0.8} min={0} max={1} step={0.01} text="80 %" onChange={() => {}} />,
  );
  expect(screen.getByRole("slider", { name: "Nodes" }).getAttribute("aria-valuetext")).toBe("80 %");
});

it("moves between tabs with the arrow keys", () => {
  const select = vi.fn();
  const tabs = [
    { id: "a", text: "A" },
    { id: "b", text: "B" },
  ] as const;
  render(<Tabs label="Parts" tabs={tabs} active="a" isOpen onSelect={select} />);
  fireEvent.keyDown(screen.getByRole("tab", { name: "A" }), { key: "ArrowRight" });
  expect(select).toHaveBeenCalledWith("b");
});

it("tints only the tokens that fired and keeps line breaks from tearing the text", () => {
  const { container } = render(
    <TintedText tokens={["a", " b\n", " c"]} activations={[0, 2, 0]} maximum={2} peak={1} />,
  );
  expect(container.querySelectorAll("mark")).toHaveLength(1);
  expect(container.textContent).toBe("a b⏎ c");
});

it("names the histogram's facts for those who cannot see it", () => {
  render(<Histogram label="Strength" counts={[5, 1]} maximum={2} marked={1.5} markLabel="here" />);
  expect(screen.getByRole("img").getAttribute("aria-label")).toContain(
    "6 activations from 0 to 2.00",
  );
});
