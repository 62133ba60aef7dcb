import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from "@tanstack/react-router";
import { readCompareSearch } from "../state/compareSearch";
import { readSearch } from "../state/viewCodec";
import { readCircuitSearch } from "../views/circuits/draft";
import { HomeView } from "../views/home/HomeView";
import { readTaskSearch } from "../views/tasks/taskSearch";
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

const circuit = createRoute({
  getParentRoute: () => root,
  path: "/c/$id",
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import("../views/circuit/CircuitView"), "CircuitView"),
});

const compare = createRoute({
  getParentRoute: () => root,
  path: "/compare",
  validateSearch: readCompareSearch,
  component: lazyRouteComponent(() => import("../views/compare/CompareView"), "CompareView"),
});

const tasks = createRoute({
  getParentRoute: () => root,
  path: "/tasks",
  validateSearch: readTaskSearch,
  component: lazyRouteComponent(() => import("../views/tasks/TasksView"), "TasksView"),
});

const task = createRoute({
  getParentRoute: () => root,
  path: "/tasks/$id",
  validateSearch: readTaskSearch,
  component: lazyRouteComponent(() => import("../views/tasks/TaskView"), "TaskView"),
});

const circuits = createRoute({
  getParentRoute: () => root,
  path: "/circuits",
  component: lazyRouteComponent(() => import("../views/circuits/CircuitsView"), "CircuitsView"),
});

const newCircuit = createRoute({
  getParentRoute: () => root,
  path: "/circuits/new",
  validateSearch: readCircuitSearch,
  component: lazyRouteComponent(() => import("../views/circuits/NewCircuitView"), "NewCircuitView"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    explorer,
    circuit,
    compare,
    tasks,
    task,
    circuits,
    newCircuit,
  ]),
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
