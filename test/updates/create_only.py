"""create_only.py BEFORE AFTER [BEFORE AFTER ...]: fails where the update from one folder of templates to the other
would replace, drop, or stop protecting a table, bucket or key. Which properties cannot change in place is in cfn-lint's schemas."""

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
                if resource["Type"] in STATEFUL:
                    found[f"{os.path.basename(path)}/{name}"] = resource
    return found


def fixed_properties(resource_type):
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type).schema
    pointers = schema.get("createOnlyProperties", []) + schema.get("conditionalCreateOnlyProperties", [])
    return [pointer.removeprefix("/properties/").split("/") for pointer in pointers]


def at(properties, path):
    for word in path:
        properties = properties.get(word) if isinstance(properties, dict) else None
    return properties


def is_protected(resource):
    replicas = resource.get("Properties", {}).get("Replicas", [])
    return any(replica.get("DeletionProtectionEnabled") is True for replica in replicas)


def problems(before, after):
    for name, old in before.items():
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
    old = resources(before)
    assert len(old) >= 4, f"{before} holds the state of a deployment"
    found = list(problems(old, resources(after)))
    print("FAIL" if found else "ok  ", os.path.basename(before), "->", os.path.basename(after), *found, sep=" ")
    failed += bool(found)
    passed += not found
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
