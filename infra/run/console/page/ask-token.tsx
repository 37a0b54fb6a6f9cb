import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { reconnect } from "./live.ts";
import { Title } from "./parts.tsx";
import { useTitle } from "./routes.ts";
import { keepToken } from "./token.ts";

/** Asks for what the server was started with, and comes back if that was another one. */
export function AskToken(): JSX.Element {
  useTitle("Token");
  const [token, setToken] = useState("");
  function submit(event: Event): void {
    event.preventDefault();
    keepToken(token);
    reconnect();
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
            aria-describedby="token-about"
            onInput={(event) => setToken(event.currentTarget.value)}
          />
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
