"""create_only.py BEFORE AFTER [BEFORE AFTER ...]: fails where the update from one folder of templates to the other
would replace, drop, or stop protecting a table, bucket or key, or where either way would replace something that has a
name of its own: CloudFormation makes the new one first, and the name is taken. Which properties cannot change in place,
and which are the name, is in cfn-lint's schemas."""

import functools
import glob
import json
import os
import sys

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

STATEFUL = ("AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket", "AWS::KMS::Key")


def resources(folder):
    found = {}
    for path in glob.glob(f"{folder}/*.template.json"):
        with open(path) as file:
            for name, resource in json.load(file)["Resources"].items():
                found[f"{os.path.basename(path)}/{name}"] = resource
    return found


@functools.cache
def schema_of(resource_type):
    return PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type).schema


def paths(resource_type, *kinds):
    pointers = [pointer for kind in kinds for pointer in schema_of(resource_type).get(kind, [])]
    return [pointer.removeprefix("/properties/").split("/") for pointer in pointers]


def fixed_properties(resource_type):
    return paths(resource_type, "createOnlyProperties", "conditionalCreateOnlyProperties")


def at(properties, path):
    for word in path:
        properties = properties.get(word) if isinstance(properties, dict) else None
    return properties


def is_protected(resource):
    replicas = resource.get("Properties", {}).get("Replicas", [])
    return any(replica.get("DeletionProtectionEnabled") is True for replica in replicas)


def collisions(before, after):
    for name, old in before.items():
        new = after.get(name)
        if new is None or new["Type"] != old["Type"] or old["Type"] in STATEFUL:
            continue
        had, has = old.get("Properties", {}), new.get("Properties", {})
        fixed = fixed_properties(old["Type"])
        changed = [path for path in fixed if at(had, path) != at(has, path)]
        # Where the identifier is an ARN, which no template gives, the name is a property of its own.
        names = paths(old["Type"], "primaryIdentifier") + [path for path in fixed if path[-1].endswith("Name")]
        named = [path for path in names if at(has, path) is not None]
        if changed and named and all(at(had, path) == at(has, path) for path in named):
            yield f"{name} would be replaced under the same name: {'.'.join(changed[0])} differs"


def problems(before, after):
    for name, old in before.items():
        if old["Type"] not in STATEFUL:
            continue
        new = after.get(name)
        if new is None or new["Type"] != old["Type"]:
            yield f"{name} is gone"
            continue
        # A table that may be destroyed has lost its protection on purpose.
        if is_protected(old) and not is_protected(new) and new.get("DeletionPolicy") != "Delete":
            yield f"{name} would lose its deletion protection"
        for path in fixed_properties(old["Type"]):
            if at(old.get("Properties", {}), path) != at(new.get("Properties", {}), path):
                yield f"{name} would be replaced: {'.'.join(path)} differs"


passed = failed = 0
folders = sys.argv[1:]
for before, after in zip(folders[::2], folders[1::2]):
    old, new = resources(before), resources(after)
    assert sum(one["Type"] in STATEFUL for one in old.values()) >= 4, f"{before} holds the state of a deployment"
    found = list(dict.fromkeys([*problems(old, new), *collisions(old, new), *collisions(new, old)]))
    print("FAIL" if found else "ok  ", os.path.basename(before), "->", os.path.basename(after), *found, sep=" ")
    failed += bool(found)
    passed += not found
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
