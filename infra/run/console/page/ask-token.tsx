import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Fault } from "./input-field.tsx";
import { reconnect } from "./live.ts";
import { Title } from "./parts.tsx";
import { useTitle } from "./routes.ts";
import { hasToken, keepToken } from "./token.ts";

/** Asks for what the server was started with, and comes back if that was another one. */
export function AskToken(): JSX.Element {
  useTitle("Token");
  const [token, setToken] = useState("");
  const [fault, setFault] = useState(hasToken() ? "The token that this tab has is not this server's" : undefined);
  function submit(event: Event): void {
    event.preventDefault();
    if (keepToken(token)) reconnect();
    else setFault("A token has no characters beyond Latin-1 and no line breaks: no request could carry it");
  }
  return (
    <>
      <Title of="token">This server asks for its token</Title>
      <form class="panel narrow" onSubmit={submit}>
        <div class="field">
          <label for="token">Token</label>
          <input
            id="token"
            type="password"
            autoComplete="off"
            required
            value={token}
            aria-invalid={fault !== undefined}
            aria-describedby={fault === undefined ? "token-about" : "token-fault token-about"}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
          <Fault id="token-fault" text={fault} />
          <p class="hint" id="token-about">
            What it was started with: <code>--token</code>, or <code>offline.token</code> in serverless.yml. It stays in
            this tab.
          </p>
        </div>
        <button type="submit" class="main">
          Connect
        </button>
      </form>
    </>
  );
}
