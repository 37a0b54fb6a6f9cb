import { render } from "preact";
