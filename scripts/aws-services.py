"""Writes infra/emulator/aws/{service-ids,json-services}.ts anew, of the models of AWS's APIs that botocore has:

    python3 scripts/aws-services.py && npx oxfmt .

botocore comes with moto (scripts/ci-tools.sh).
"""

import gzip
import json
from collections import defaultdict
from pathlib import Path

import botocore

DATA = Path(botocore.__file__).parent / "data"
TARGET = Path(__file__).parent.parent / "infra/emulator/aws"

# Errors that any service may answer with, also where its model has none of that name.
COMMON_ERRORS = set(
    """AccessDenied AccessDeniedException ExpiredToken ExpiredTokenException IncompleteSignature
    IncompleteSignatureException InternalError InternalFailure InternalServerError InternalServerException InvalidAction
    InvalidClientTokenId InvalidParameterCombination InvalidParameterValue InvalidSignatureException MissingAction
    MissingAuthenticationToken MissingAuthenticationTokenException MissingParameter NotAuthorized OptInRequired
    RequestEntityTooLarge RequestEntityTooLargeException RequestExpired SerializationException ServiceUnavailable
    ServiceUnavailableException Throttling ThrottlingException UnauthorizedOperation UnknownOperationException
    UnrecognizedClientException ValidationError ValidationException""".split()
)


def load(path):
    with gzip.open(path) as file:
        return json.load(file)


def models():
    for folder in sorted(path for path in DATA.iterdir() if path.is_dir()):
        found = sorted(folder.glob("*/service-2.json.gz"))
        if found:
            yield load(found[-1])


def reached(model):
    """The names of the shapes that requests and answers are made of, which those of errors alone are not."""
    shapes, found = model["shapes"], set()
    left = [operation[side]["shape"] for operation in model["operations"].values() for side in ("input", "output") if side in operation]
    while left:
        name = left.pop()
        if name in found:
            continue
        found.add(name)
        shape = shapes[name]
        inner = [*shape.get("members", {}).values(), *(shape[part] for part in ("member", "value") if part in shape)]
        left.extend(one["shape"] for one in inner)
    return found


def kinds_of_members(model):
    """What each name of a member stands for: of a list or a map of blobs or timestamps, what is in it."""
    shapes, kinds = model["shapes"], defaultdict(set)
    for shape in (shapes[name] for name in reached(model)):
        if shape["type"] != "structure":
            continue
        for name, member in shape.get("members", {}).items():
            kinds[name].add(kind_of(shapes, member))
    return kinds


def kind_of(shapes, member):
    shape = shapes[member["shape"]]
    if shape["type"] == "list":
        inner = kind_of(shapes, shape["member"])
        return inner if inner in ("blob", "timestamp", "map") else "list"
    if shape["type"] == "map":
        inner = kind_of(shapes, shape["value"])
        return inner if inner in ("blob", "timestamp") else "map"
    if shape["type"] == "timestamp":
        form = member.get("timestampFormat", shape.get("timestampFormat", "unixTimestamp"))
        return "timestamp" if form == "unixTimestamp" else "string"
    return shape["type"]


def row(model, regions):
    metadata, shapes = model["metadata"], model["shapes"]
    kinds = kinds_of_members(model)
    # A name that is there in both cases is left as it is given.
    lower = {name for name in kinds if name[0].islower() and name[0].upper() + name[1:] not in kinds}
    is_lower = len(lower) * 2 > len(kinds)
    casing = "".join(["-" if is_lower else "+", ",".join(sorted(set(kinds) - lower if is_lower else lower))])

    def names(kind):
        return ",".join(sorted(name for name, found in kinds.items() if kind in found))

    prefix = metadata["endpointPrefix"]
    known = regions.get(prefix, {})
    world = known.get("endpoints", {}).get(known.get("partitionEndpoint"), {})
    return "|".join(
        [
            metadata["serviceId"],
            metadata["targetPrefix"],
            metadata["jsonVersion"],
            metadata.get("signingName", prefix),
            f"{world['hostname']}@{world['credentialScope']['region']}" if world else prefix,
            casing,
            names("blob"),
            names("timestamp"),
            names("map"),
            ",".join(sorted(COMMON_ERRORS & {name for name, shape in shapes.items() if shape.get("exception")})),
        ]
    )


def main():
    regions = json.loads((DATA / "endpoints.json").read_text())["partitions"][0]["services"]
    ids, rows = [], []
    for model in models():
        metadata = model["metadata"]
        ids.append(metadata["serviceId"])
        if "json" in metadata.get("protocols", [metadata["protocol"]]):
            rows.append(row(model, regions))
    rows.sort(key=str.lower)
    ids = sorted(set(ids), key=str.lower)
    made = "// Made by scripts/aws-services.py.\n\n"
    (TARGET / "service-ids.ts").write_text(
        made
        + "/** The ids of AWS's services, as their models have them, one a line. */\n"
        + "export const SERVICE_IDS = `\\\n" + "\n".join(ids) + "`;\n\n"
        + "/** Those of them that speak JSON with a target in a header. */\n"
        + "export const JSON_SERVICE_IDS = `\\\n" + "\n".join(line.split("|")[0] for line in rows) + "`;\n"
    )
    (TARGET / "json-services.ts").write_text(
        made
        + "/**\n"
        + " * The services that speak JSON with a target in a header, one a line: its id, the target's prefix, the version of\n"
        + " * the protocol, the name to sign for, its host (a prefix of the region's, or the only one with its region), members\n"
        + " * in lower case (`+` these, `-` all but these), members that are blobs, timestamps and maps, and which of the errors\n"
        + " * that any service may answer with are its own.\n"
        + " */\n"
        + "export const JSON_SERVICES = `\\\n" + "\n".join(rows) + "`;\n"
    )


main()
