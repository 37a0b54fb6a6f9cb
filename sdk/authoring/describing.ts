import { loading } from "./loading.ts";

// Imported before the author's modules where they are described: what they could not do in a replica is refused.
loading.toDescribe = true;
