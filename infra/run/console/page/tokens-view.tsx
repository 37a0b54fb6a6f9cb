import type { JSX } from "preact";
import type { PendingToken } from "../api.ts";
import { AnswerForm } from "./answer-form.tsx";
import { live } from "./live.ts";
import { Document, Duration, Empty, Moment, Title } from "./parts.tsx";
import { linkTo, useTitle } from "./routes.ts";
import { useStore } from "./store.ts";

/** All tasks that wait to be answered. */
export function TokensView(): JSX.Element {
  useTitle("Task tokens");
  const tokens = useStore(live, (now) => now.tokens);
  const more = useStore(live, (now) => now.moreTokens);
  return (
    <>
      <Title of="tokens">Task tokens</Title>
      <p class="hint">States that wait until somebody answers: with SendTaskSuccess or SendTaskFailure, or here.</p>
      {more === 0 ? null : (
        <p class="hint">{more.toLocaleString("en")} more wait, and are shown when these are answered.</p>
      )}
      {tokens.size === 0 ? <Empty>No task waits for an answer.</Empty> : null}
      <div class="cards wide-cards">
        {[...tokens.values()].map((token) => (
          <TokenCard key={token.taskToken} token={token} />
        ))}
      </div>
    </>
  );
}

/** Those of one execution, on its own page. */
export function ExecutionTokens({ executionArn }: { readonly executionArn: string }): JSX.Element | null {
  const tokens = useStore(live, (now) => now.tokens);
  const own = [...tokens.values()].filter((token) => token.executionArn === executionArn);
  if (own.length === 0) return null;
  return (
    <section aria-labelledby="waits-title" class="waits">
      <h2 id="waits-title">Waits for an answer</h2>
      <div class="cards wide-cards">
        {own.map((token) => (
          <TokenCard key={token.taskToken} token={token} isOfPage />
        ))}
      </div>
    </section>
  );
}

function TokenCard({
  token,
  isOfPage = false,
}: {
  readonly token: PendingToken;
  readonly isOfPage?: boolean;
}): JSX.Element {
  const { where, executionArn, stateMachineArn, since, input, timesOutAt, heartbeatDueAt } = token;
  return (
    <article class="card" aria-label={where}>
      <div class="card-head">
        {isOfPage ? <h3>{where}</h3> : <h2>{where}</h2>}
        <span class="muted">
          for <Duration from={since} to={undefined} />
        </span>
      </div>
      <p class="about-line">
        {isOfPage ? null : (
          <span>
            {stateMachineArn.split(":").at(-1)},{" "}
            <a href={linkTo("executions", executionArn)}>execution {executionArn.split(":").at(-1)}</a>
          </span>
        )}
        {timesOutAt === undefined ? null : (
          <span>
            times out at <Moment at={timesOutAt} />
          </span>
        )}
        {heartbeatDueAt === undefined ? null : (
          <span>
            heartbeat due at <Moment at={heartbeatDueAt} />
          </span>
        )}
      </p>
      <Document text={input} name="Arguments" />
      <AnswerForm token={token} />
    </article>
  );
}
