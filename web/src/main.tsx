// SPDX-License-Identifier: Apache-2.0
// Starts the page: who is signed in, what the address asks for, and the frame around it.
import { render } from "preact";
import { Shell } from "./parts/shell";
import { Skeleton, Unavailable } from "./parts/notice";
import { match } from "./pages";
import { ForbiddenPage, MissingPage } from "./pages/missing";
import { SetupPage } from "./pages/setup";
import { SignInPage } from "./pages/sign-in";
import { route, startRouter } from "./router";
import { isAdmin, loadSession, session, sessionError } from "./session";
import "./theme-choice";

function Root() {
  if (route.value === "/setup") return <SetupPage />;
  if (route.value === "/sign-in") return <SignInPage />;
  return (
    <Shell>
      <Content />
    </Shell>
  );
}

function Content() {
  const found = match(route.value);
  if (sessionError.value) return <Unavailable error={sessionError.value} retry={() => void loadSession()} />;
  if (!session.value) return <Skeleton rows={6} />;
  if (!found) return <MissingPage />;
  if (found.entry.admin && !isAdmin.value) return <ForbiddenPage />;
  const Page = found.entry.page;
  return <Page params={found.params} />;
}

// A file that is dropped beside its place would be opened instead of the page.
for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());

const root = document.getElementById("root");
if (root) {
  startRouter();
  const outside = route.value === "/setup" || route.value === "/sign-in";
  if (!outside) {
    void loadSession();
    // The code of the page comes while the session is asked for.
    match(route.value)?.entry.load?.().catch(() => undefined);
  }
  render(<Root />, root);
}
