"""Assigns a product to all users of a customer, and prints each result as one JSON object per line."""

import json
import sys

import grpc

from seatkeeper.v1 import (
    change_pb2,
    license_service_pb2,
    license_service_pb2_grpc,
    user_result_pb2,
    user_selector_pb2,
)


def main(address, customer, product):
    request = license_service_pb2.BatchUpdateLicensesRequest(
        parent=customer,
        change=change_pb2.Change(assign=[change_pb2.Assignment(product=product)]),
        selection=user_selector_pb2.UserSelector(all_users=user_selector_pb2.AllUsers()),
    )
    with grpc.insecure_channel(address) as channel:
        licenses = license_service_pb2_grpc.LicenseServiceStub(channel)
        for response in licenses.BatchUpdateLicenses(request):
            event = response.event
            if event.WhichOneof("event") == "started":
                print(json.dumps({"batch": event.started.batch.name}))
            for result in event.results.results:
                print(json.dumps(shown(result)))


def shown(result):
    outcomes = [
        user_result_pb2.Outcome.Name(license_result.outcome)
        for license_result in result.license_results
    ]
    return {
        "sequence_number": result.sequence_number,
        "user": result.user,
        "outcomes": outcomes,
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
