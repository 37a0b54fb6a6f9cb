"""Writes infra/emulator/aws/{service-ids,json-services}.ts anew, of the models of AWS's APIs that botocore has:

    python3 scripts/aws-services.py && npx oxfmt .

botocore comes with moto (scripts/ci-tools.sh).
"""

import gzip
import json
import re
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


def task_name(member):
    """A member's name as a Task has it, which is that of the SDK for Java: DBInstances is DbInstances."""
    end = 1
    while end < len(member) and member[end].isupper() and not member[end + 1 : end + 2].islower():
        end += 1
    name = member[:end].lower() + member[end:]
    return "Nul" if name == "null" else name[0].upper() + name[1:]


def members_by_action(model, sides=("input", "output")):
    """What each action's members are: by their names all kinds, by an action's name."""
    shapes, found = model["shapes"], {}
    for action, operation in model["operations"].items():
        members, seen = defaultdict(set), set()
        left = [operation[side]["shape"] for side in sides if side in operation]
        while left:
            shape = shapes[name := left.pop()]
            if name in seen:
                continue
            seen.add(name)
            for member, reference in shape.get("members", {}).items():
                members[member].add(kind_of(shapes, reference))
            inner = [*shape.get("members", {}).values(), *(shape[part] for part in ("member", "value") if part in shape)]
            left.extend(one["shape"] for one in inner)
        found[action] = members
    return found


def kind_of(shapes, member):
    """[ is a list of what follows, { a map; then s a structure, t a time, b a blob, d any JSON, - text, . anything else."""
    shape = shapes[member["shape"]]
    kind = shape["type"]
    if kind == "list":
        return "[" + kind_of(shapes, shape["member"])
    if kind == "map":
        # Of what is no object and nothing special, nothing need be known.
        inner = kind_of(shapes, shape["value"])
        return "{" + ("." if re.fullmatch(r"\[*[-.]", inner) else inner)
    if kind == "timestamp":
        form = member.get("timestampFormat", shape.get("timestampFormat", "unixTimestamp"))
        return "t" if form == "unixTimestamp" else "-"
    if kind == "structure":
        return "d" if shape.get("document") else "s"
    return {"blob": "b", "string": "-"}.get(kind, ".")


# Texts that are often the JSON of an object, by the ends of their names.
TEXT = re.compile(
    r"(?:Body|Content|Context|Data|Definition|Detail|Details|Document|Event|Input|Json|Message|Metadata|Output|Pattern|Payload"
    r"|Policy|String|Template|Text|Value)$",
    re.IGNORECASE,
)


def is_special(name, kind):
    """Whether a member is to be treated otherwise than an object with members, a list of such, a number and so on."""
    return (kind == "-" and TEXT.search(name) is not None) or any(mark in kind for mark in "{tbd")


def are_alike(one, other):
    """Whether a value of one kind may be one of another: an object is given for a text or a blob, too."""
    if one == other:
        return False
    if one[0] == other[0] and one[0] in "[{":
        return are_alike(one[1:], other[1:])
    values = {"[": "list", "{": "object", "s": "object", "t": "number", ".": "number", "-": "text object", "b": "text object", "d": "object list text number"}
    return bool(set(values[one[0]].split()) & set(values[other[0]].split()))


def kinds(actions, inputs):
    """The members of each special kind; with the action before it where its name alone would not tell."""
    given = {name for members in inputs.values() for name in members}
    of_name = defaultdict(set)
    for members in actions.values():
        for name, found in members.items():
            of_name[name] |= found
    grouped = defaultdict(set)
    for name, found in of_name.items():
        for kind in found:
            if not is_special(name, kind) or (kind == "-" and name not in given):
                continue
            if not any(are_alike(kind, other) for other in found if other != "-" or is_special(name, other)):
                grouped[kind].add(name)
                continue
            # A text that may as well be something else is left as it is given.
            if kind != "-":
                grouped[kind] |= {f"{action}.{name}" for action, members in actions.items() if kind in members.get(name, ())}
    return " ".join(f"{kind}{','.join(sorted(names))}" for kind, names in sorted(grouped.items()))


def names(actions):
    """Whether most members begin in lower case (-) or not (+), and those that are not written as follows from that."""
    actions_of = defaultdict(set)
    for action, members in actions.items():
        for name in members:
            actions_of[name].add(action)
    is_lower = sum(name[0].islower() for name in actions_of) * 2 > len(actions_of)
    named = defaultdict(set)
    for name in actions_of:
        named[task_name(name)].add(name)
    odd = set()
    for task, alike in named.items():
        usual = task[0].lower() + task[1:] if is_lower else task
        for name in alike - {usual}:
            odd |= {f"{action}.{name}" for action in actions_of[name]} if len(alike) > 1 else {name}
    return ("-" if is_lower else "+") + ",".join(sorted(odd))


def row(model, regions):
    metadata, shapes, inputs = model["metadata"], model["shapes"], members_by_action(model, ("input",))
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
            names(inputs),
            kinds(members_by_action(model), inputs),
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
        + " * that are not written as a Task writes them (`+`) or with a small first letter (`-`), members by what they are\n"
        + " * (as `Members` of json-service.ts has them), and which of the errors that any service may answer with are its own.\n"
        + " */\n"
        + "export const JSON_SERVICES = `\\\n" + "\n".join(rows) + "`;\n"
    )


main()
