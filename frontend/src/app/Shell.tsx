import { Outlet } from "@tanstack/react-router";
import { Toasts } from "../widgets/Toasts";
import { OfflineBar } from "./OfflineBar";

export function Shell() {
  return (
    <>
      <a className="skipLink" href="#main">
        Skip to the content
      </a>
      <OfflineBar />
      <Outlet />
      <Toasts />
    </>
  );
}
