import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from "@tanstack/react-router";
import { readSearch } from "../state/viewCodec";
import { HomeView } from "../views/home/HomeView";
import { ErrorScreen } from "./ErrorScreen";
import { NotFound } from "./NotFound";
import { Shell } from "./Shell";

const root = createRootRoute({ component: Shell });

const home = createRoute({ getParentRoute: () => root, path: "/", component: HomeView });

const explorer = createRoute({
  getParentRoute: () => root,
  path: "/g/$id",
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import("../views/explorer/ExplorerView"), "ExplorerView"),
});

export const router = createRouter({
  routeTree: root.addChildren([home, explorer]),
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: ErrorScreen,
  defaultPreload: "intent",
  scrollRestoration: true,
  // Values are short strings already; JSON quoting would only make links longer.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const entries = Object.entries(search).filter(([, value]) => value !== undefined);
    const text = new URLSearchParams(entries as [string, string][]).toString();
    return text === "" ? "" : `?${text}`;
  },
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
