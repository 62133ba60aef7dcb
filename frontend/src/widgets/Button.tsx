import type { ButtonHTMLAttributes } from "react";
import styles from "./Button.module.css";
import { classes } from "./classes";
import { Icon, type IconName } from "./icons";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: "primary" | "plain" | "quiet" | "danger";
  readonly size?: "s" | "m";
  readonly icon?: IconName;
  readonly keys?: string;
}

export function Button({
  look = "plain",
  size = "m",
  icon,
  keys,
  className,
  children,
  ...rest
}: ButtonProps) {
  const isIconOnly = children === undefined;
  return (
    <button
      type="button"
      {...rest}
      className={classes(
        styles.button,
        styles[look],
        styles[size],
        isIconOnly && styles.square,
        className,
      )}
    >
      {icon && <Icon name={icon} />}
      {children}
      {keys && <kbd className={styles.keys}>{keys}</kbd>}
    </button>
  );
}
