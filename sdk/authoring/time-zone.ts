import { TIMEZONE_CHARACTERS } from "../base/aws-limits.ts";

/** Names of the time zone database without an area. All but UTC are other names of zones. */
const WITHOUT_AREA = (
  "CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong Iceland Iran " +
  "Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK " +
  "Singapore Turkey UCT UTC Universal W-SU WET Zulu"
).split(" ");

const AREAS =
  "Africa America Antarctica Arctic Asia Atlantic Australia Brazil Canada Chile Etc Europe Indian Mexico Pacific US".split(
    " ",
  );

/** A word of a place: Dar_es_Salaam, EasterIsland, NSW. */
const WORD = /^([A-Z][a-z]+([A-Z][a-z]+)*|[A-Z]{1,3}|au|de|es|of)$/;

/**
 * What is wrong with a time zone, with the remedy; undefined if it is a name of the time zone database, or another name
 * that this has for one. Case counts for EventBridge Scheduler, and not for JavaScript, which also knows offsets.
 */
export function timeZoneFault(given: unknown): string | undefined {
  const canonical = typeof given === "string" ? canonicalName(given) : undefined;
  if (typeof given !== "string" || canonical === undefined) return 'name it as IANA does, such as "Europe/Berlin"';
  if (given === canonical || isOtherName(given, canonical)) return undefined;
  const meant = WITHOUT_AREA.find((name) => name.toLowerCase() === given.toLowerCase()) ?? canonical;
  return `name it as IANA does: did you mean ${JSON.stringify(meant)}?`;
}

function canonicalName(timeZone: string): string | undefined {
  if (timeZone.length > TIMEZONE_CHARACTERS || !/^[A-Z]/i.test(timeZone)) return undefined;
  try {
    return new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/** Whether the name is written as the database writes other names of zones, for which JavaScript gives the zone's own. */
function isOtherName(name: string, canonical: string): boolean {
  if (name.toLowerCase() === canonical.toLowerCase()) return false;
  const [area = "", ...places] = name.split("/");
  if (places.length === 0) return WITHOUT_AREA.includes(area);
  if (area === "Etc") return places.every((place) => WITHOUT_AREA.includes(place));
  return AREAS.includes(area) && places.every((place) => place.split(/[_-]/).every((word) => WORD.test(word)));
}
