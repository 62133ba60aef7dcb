import { useQuery } from "@tanstack/react-query";
import { modelsQuery } from "../api/queries";

/** The model an address names, or the first; undefined while the list is asked for. */
export function useModel(name: string | undefined) {
  const answer = useQuery(modelsQuery());
  const models = answer.data?.models;
  return { answer, models, model: models?.find((one) => one.name === name) ?? models?.[0] };
}
