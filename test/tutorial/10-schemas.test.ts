import { testExamples } from "../support/examples.ts";
import * as chapter from "./10-schemas.ts";

testExamples(chapter);
