import { testExamples } from "../support/examples.ts";
import * as chapter from "./08-values.ts";

testExamples(chapter);
