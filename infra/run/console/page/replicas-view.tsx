import type { JSX } from "preact";
import type { Replica, Replicas } from "../api.ts";
import { live } from "./live.ts";
import { useLoaded } from "./loaded.ts";
import { Empty, Problem, sentence, Title, Waiting } from "./parts.tsx";
import { ReplicaCard } from "./replica-card.tsx";
import { read } from "./request.ts";
import { useTitle } from "./routes.ts";
import { useStore } from "./store.ts";

/** The replicas of each function: what they do, what they hold, and what can be done with them. */
export function ReplicasView(): JSX.Element {
  useTitle("Replicas");
  const connections = useStore(live, (now) => now.connections);
  const replicas = useStore(live, (now) => now.replicas);
  const { value, error, reload } = useLoaded("replicas", connections, (signal) =>
    read<Replicas>("replicas", {}, signal),
  );
  return (
    <>
      <Title of="replicas">Replicas</Title>
      {error === undefined ? null : <Problem error={error} retry={reload} />}
      {value === undefined ? (
        error === undefined ? (
          <Waiting what="replicas" />
        ) : null
      ) : (
        <ByFunction served={value} replicas={[...replicas.values()]} />
      )}
    </>
  );
}

function ByFunction({
  served,
  replicas,
}: {
  readonly served: Replicas;
  readonly replicas: readonly Replica[];
}): JSX.Element {
  const { functions } = served;
  if (functions.where === "elsewhere") return <Empty>{sentence(functions.why)}</Empty>;
  if (replicas.length === 0)
    return (
      <Empty>
        No replica runs. One starts with the first invocation of its function; with provisioned concurrency they are
        there from the beginning.
      </Empty>
    );
  const byFunction = Map.groupBy(replicas, ({ title }) => title);
  return (
    <>
      {[...byFunction].map(([title, own]) => (
        <section key={title} class="function" aria-label={title}>
          <h2>
            {title} <span class="muted">{own.length === 1 ? "1 replica" : `${own.length} replicas`}</span>
          </h2>
          <div class="cards">
            {own
              .toSorted((one, other) => one.startedAt - other.startedAt)
              .map((replica) => (
                <ReplicaCard key={replica.id} replica={replica} />
              ))}
          </div>
        </section>
      ))}
    </>
  );
}
