import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Of one section: settings by name, and those of a nested group by `group.name`. */
type Section = Map<string, string>;

/** Whether neither variables nor AWS's shared config file name any endpoint. */
export function ignoresConfigured(): boolean {
  const variable = process.env["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"];
  const said = variable || readProfile().settings?.get("ignore_configured_endpoint_urls");
  return said?.toLowerCase() === "true";
}

/**
 * The endpoint that AWS's shared config file has for a service: of the `services` section that the profile names, or of
 * the profile itself. See https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function configuredEndpoint(serviceId: string): string | undefined {
  const { sections, settings } = readProfile();
  const services = sections.get(`services ${settings?.get("services")}`);
  const name = serviceId.toLowerCase().replaceAll(" ", "_");
  const url = services?.get(`${name}.endpoint_url`) ?? settings?.get("endpoint_url");
  return url !== undefined && URL.canParse(url) ? url : undefined;
}

interface Profile {
  readonly sections: ReadonlyMap<string, Section>;
  /** Of the profile that is used; undefined if there is none. */
  readonly settings: Section | undefined;
}

function readProfile(): Profile {
  const { AWS_CONFIG_FILE, AWS_PROFILE } = process.env;
  const sections = readSections(AWS_CONFIG_FILE || join(homedir(), ".aws", "config"));
  const profile = AWS_PROFILE || "default";
  return { sections, settings: sections.get(`profile ${profile}`) ?? sections.get(profile) };
}

function readSections(file: string): ReadonlyMap<string, Section> {
  const sections = new Map<string, Section>();
  let section: Section = new Map();
  let group = "";
  for (const line of linesOf(file)) {
    const [, title] = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line) ?? [];
    if (title !== undefined) {
      section = new Map();
      sections.set(title.replace(/\s+/g, " "), section);
    }
    const [, indent = "", name = "", value = ""] = /^(\s*)([\w.-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === "") continue;
    if (indent === "") group = value === "" ? `${name}.` : "";
    section.set(indent === "" ? name : group + name, value);
  }
  return sections;
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, "utf8").split(/\r?\n/);
  } catch {
    return []; // Few have one.
  }
}
