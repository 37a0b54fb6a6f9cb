import { testExamples } from "../support/examples.ts";
import * as chapter from "./05-sub-workflows.ts";

testExamples(chapter);
