import { NPM } from "../support/package-managers.ts";
import { testTarball } from "../support/tarball-suite.ts";

testTarball(NPM);
