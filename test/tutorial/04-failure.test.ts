import { testExamples } from "../support/examples.ts";
import * as chapter from "./04-failure.ts";

testExamples(chapter);
