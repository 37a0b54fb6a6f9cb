import { readFile } from "node:fs/promises";
import { ActorEnvironment, asset, mapTask, task, workflow, type S3File } from "lambent";

/** Four replicas. Equal keys meet the same one, so that each station is loaded once in all. */
const actor = new ActorEnvironment({ name: "stations", replicaCount: 4, affinity: true });

/** Files beside the code. Whoever starts the workflow may name another file of readings. */
const READINGS = asset("data/readings.csv");
const STATIONS = asset("data/stations.json");

interface Reading {
  readonly station: string;
  readonly time: string;
  /** Counts of the sensor, which each station converts in its own way. */
  readonly raw: number;
}

interface Station {
  readonly name: string;
  readonly offset: number;
  readonly scale: number;
}

/** A line of the file becomes an item. Of a list that is large a map reads what it needs, so the file may be large too. */
export const readReadings = task(async function readReadings({ file }: { file: S3File<"csv"> }): Promise<Reading[]> {
  const [, ...lines] = (await readFile(await file.download(), "utf8")).trim().split(/\r?\n/);
  return lines.map((line, index) => {
    const [station = "", time = "", raw = ""] = line.split(",");
    if (raw === "" || Number.isNaN(Number(raw))) throw new Error(`line ${index + 2}: no reading: ${line}`);
    return { station, time, raw: Number(raw) };
  });
});

/** Once per replica and station: here of a file, in your service perhaps of a database. */
const loadStation = actor.cache(async function loadStation(id: string): Promise<Station> {
  const stations = JSON.parse(await readFile(await STATIONS.download(), "utf8")) as Record<string, Station>;
  const station = stations[id];
  if (station === undefined) throw new Error(`no station is called ${id}`);
  return station;
});

/** An item. The replica that has loaded its station converts it. */
export const convert = actor.task(
  async function convert({ reading }: { reading: Reading }) {
    const { name, offset, scale } = await loadStation(reading.station);
    return { station: name, celsius: Number((offset + scale * reading.raw).toFixed(1)) };
  },
  { affinityKey: ({ reading }) => reading.station },
);

export const summarise = task(async function summarise({
  readings,
}: {
  readings: { station: string; celsius: number }[];
}) {
  const byStation: Record<string, { readings: number; coldest: number; warmest: number }> = {};
  for (const { station, celsius } of readings) {
    const one = (byStation[station] ??= { readings: 0, coldest: celsius, warmest: celsius });
    one.readings++;
    one.coldest = Math.min(one.coldest, celsius);
    one.warmest = Math.max(one.warmest, celsius);
  }
  return byStation;
});

/** Traced once: inputs are declared as their defaults, and every call of a task is a state. */
export const readings = workflow({ file: READINGS }, function readings({ file }) {
  return summarise({ readings: mapTask(convert, { batch: "auto" })({ reading: readReadings({ file }) }) });
});
