import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import "./app/tokens.css";
import "./app/base.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { shouldRetry } from "./api/queries";
import { router } from "./app/router";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: shouldRetry,
      retryDelay: 800,
      refetchOnWindowFocus: false,
      networkMode: "always",
    },
  },
});

const root = document.getElementById("root");
if (!root) throw new Error("index.html has lost its root element");

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
