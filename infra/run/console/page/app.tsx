import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Service } from "../api.ts";
import { announcement } from "./announce.ts";
import { AskToken } from "./ask-token.tsx";
import { ExecutionView } from "./execution-view.tsx";
import { ExecutionsView } from "./executions-view.tsx";
import { follow, live } from "./live.ts";
import { MachineView } from "./machine-view.tsx";
import { MachinesView } from "./machines-view.tsx";
import { MapRunView } from "./map-run-view.tsx";
import { Empty, Title } from "./parts.tsx";
import { ReplicasView } from "./replicas-view.tsx";
import { read } from "./request.ts";
import { linkTo, type Route, useRoute, useTitle } from "./routes.ts";
import { useLoaded } from "./loaded.ts";
import { useStore } from "./store.ts";
import { TokensView } from "./tokens-view.tsx";

export function App(): JSX.Element {
  const route = useRoute();
  const connection = useStore(live, (now) => now.connection);
  const watched = route.view === "executions" ? route.arn : undefined;
  useEffect(() => follow(watched), [watched]);
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <Head route={route} />
      <main id="main" tabIndex={-1}>
        {connection === "token" ? <AskToken /> : <View route={route} />}
      </main>
      <Announcements />
    </>
  );
}

/** The fragment is the page's own, so that a link to an element of it would lead elsewhere. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function View({ route }: { readonly route: Route }): JSX.Element {
  const { view, arn } = route;
  if (view === "state-machines")
    return arn === undefined ? <MachinesView /> : <MachineView key={arn} arn={arn} from={route.query["from"]} />;
  if (view === "executions")
    return arn === undefined ? (
      <ExecutionsView status={route.query["status"] ?? ""} />
    ) : (
      <ExecutionView key={arn} arn={arn} tab={route.query["tab"] ?? "timeline"} />
    );
  if (view === "map-runs" && arn !== undefined) return <MapRunView key={arn} arn={arn} />;
  if (view === "replicas") return <ReplicasView />;
  if (view === "tokens") return <TokensView />;
  return <Nowhere />;
}

function Nowhere(): JSX.Element {
  useTitle("Not found");
  return (
    <>
      <Title of="nowhere">Not found</Title>
      <Empty>
        There is nothing at this address. <a href={linkTo("state-machines")}>State machines</a>
      </Empty>
    </>
  );
}

const VIEWS = [
  ["state-machines", "State machines"],
  ["executions", "Executions"],
  ["replicas", "Replicas"],
  ["tokens", "Tokens"],
] as const;

function Head({ route }: { readonly route: Route }): JSX.Element {
  const connections = useStore(live, (now) => now.connections);
  const tokens = useStore(live, (now) => now.tokens.size);
  const running = useStore(
    live,
    (now) => [...now.executions.values()].filter(({ status }) => status === "RUNNING").length,
  );
  const { value: service } = useLoaded("service", connections, (signal) => read<Service>("service", {}, signal));
  const counts: Readonly<Record<string, number>> = { tokens, executions: running };
  return (
    <header class="head">
      <a class="brand" href={linkTo("state-machines")}>
        <Mark /> Lambent
      </a>
      <nav aria-label="Console">
        {VIEWS.map(([view, name]) => (
          <a key={view} href={linkTo(view)} aria-current={route.view === view ? "page" : undefined}>
            {name}
            {counts[view] ? (
              <span class="count">
                {counts[view]}
                <span class="unseen">{view === "tokens" ? " pending" : " running"}</span>
              </span>
            ) : null}
          </a>
        ))}
      </nav>
      <div class="served">
        {service === undefined ? null : (
          <span class="about-service">
            {[service.name, service.stage].filter(Boolean).join(" · ") || service.servedBy}
            <small>{service.region}</small>
          </span>
        )}
        <Connection />
      </div>
    </header>
  );
}

function Mark(): JSX.Element {
  return (
    <svg width="18" height="18" viewBox="0 0 16 16" aria-hidden="true">
      <rect class="f-node-0" x="1" y="3" width="10" height="4" rx="1.5" />
      <rect class="f-load" x="5" y="9" width="10" height="4" rx="1.5" />
    </svg>
  );
}

function Connection(): JSX.Element {
  const connection = useStore(live, (now) => now.connection);
  const text = {
    open: "Live",
    connecting: "Connecting …",
    lost: "Not connected, trying again",
    token: "Needs a token",
  }[connection];
  return (
    <span class={`connection ${connection}`} role="status">
      {text}
    </span>
  );
}

function Announcements(): JSX.Element {
  const { text, isHeardAlone } = useStore(announcement);
  return (
    <p class={isHeardAlone ? "unseen" : "announcement"} role="status">
      {text}
    </p>
  );
}
