import { useQuery } from "@tanstack/react-query";
import { type RefObject, useEffect, useMemo, useState } from "react";
import { accuracyQuery, type TaskSummary } from "../../api/taskQueries";
import type { Model } from "../../api/types";
import { memoryKey, recall, remember } from "./accuracyMemory";

/** The model's accuracy on a task: as remembered, else measured once it is wanted. */
export function useAccuracy(task: TaskSummary, model: Model, isWanted: boolean) {
  const key = memoryKey(task, model.fingerprint);
  const remembered = useMemo(() => recall(key), [key]);
  const measured = useQuery({
    ...accuracyQuery(task, model.name),
    enabled: isWanted && !remembered,
  });
  const { data } = measured;
  useEffect(() => {
    if (data) remember(key, data);
  }, [key, data]);
  return { ...measured, note: data ?? remembered };
}

/** Whether an element has ever been on screen. */
export function useSeen(element: RefObject<Element | null>): boolean {
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    if (!element.current || isSeen) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && setSeen(true));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element, isSeen]);
  return isSeen;
}
