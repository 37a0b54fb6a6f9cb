import type { Service } from "../api.ts";

const answer = await fetch("/console/api/service");
// The server is of the same version as this script.
const service = (await answer.json()) as Service;
const main = document.getElementById("console");
if (main !== null) main.textContent = `${service.servedBy} in ${service.region}`;
