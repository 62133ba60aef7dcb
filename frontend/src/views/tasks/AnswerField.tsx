import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { tokenizeQuery } from "../../api/queries";
import { useDebounced } from "../../state/useDebounced";
import { Button } from "../../widgets/Button";
import { TokenText } from "../../widgets/TokenText";
import page from "../Page.module.css";
import { answerFault } from "./answer";
import styles from "./ExampleEditor.module.css";

const TOKENIZE_AFTER_MS = 200;

interface AnswerFieldProps {
  readonly name: string;
  readonly value: string;
  /** Several answers instead of one; shown, not edited. */
  readonly more: readonly string[];
  readonly prompt: string;
  readonly model: string;
  readonly onChange: (text: string) => void;
}

/** An answer, as text and as tokens: it has to be a single one. */
export function AnswerField({ name, value, more, prompt, model, onChange }: AnswerFieldProps) {
  const id = useId();
  const settled = useDebounced(value, TOKENIZE_AFTER_MS);
  const answer = useQuery({ ...tokenizeQuery(model, settled, 0), enabled: settled !== "" });
  const tokens = answer.data?.tokens.filter(({ special }) => !special).map(({ text }) => text);
  const fault = settled === "" ? "An answer is missing." : tokens && answerFault(tokens);
  const lacksSpace = value !== "" && !/^\s/.test(value) && !/\s$/.test(prompt);
  return (
    <div className={page.field}>
      <label className={page.name} htmlFor={id}>
        {name}
      </label>
      <input
        id={id}
        className={page.input}
        value={value}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={Boolean(fault) || undefined}
        aria-describedby={`${id}-note`}
        onChange={({ target }) => onChange(target.value)}
      />
      <small id={`${id}-note`} className={fault ? page.fault : page.note}>
        <span className={styles.answer}>
          {settled !== "" && tokens?.map((token, i) => <TokenText key={i} text={token} />)}
          <span>{fault ?? (tokens ? "one token" : "")}</span>
        </span>
        {more.length > 0 && ` or any of ${more.length}: ${more.slice(0, 6).join(",")}…`}
      </small>
      {lacksSpace && (
        <Button size="s" className={styles.space} onClick={() => onChange(` ${value}`)}>
          Put a space before it
        </Button>
      )}
    </div>
  );
}
