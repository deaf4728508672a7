"""Requests an impossible change, and prints the error that a client receives."""

import json
import sys

import grpc
from google.rpc import error_details_pb2, status_pb2

from seatkeeper.v1 import license_service_pb2, license_service_pb2_grpc


def main(address, customer):
    request = license_service_pb2.BatchUpdateLicensesRequest(parent=customer)
    with grpc.insecure_channel(address) as channel:
        licenses = license_service_pb2_grpc.LicenseServiceStub(channel)
        try:
            for _ in licenses.BatchUpdateLicenses(request):
                pass
        except grpc.RpcError as error:
            print(json.dumps(shown(error)))


def shown(error):
    status = status_pb2.Status()
    for key, value in error.trailing_metadata():
        if key == "grpc-status-details-bin":
            status.ParseFromString(value)
    info = error_details_pb2.ErrorInfo()
    fields = error_details_pb2.BadRequest()
    for detail in status.details:
        detail.Unpack(info) or detail.Unpack(fields)
    return {
        "code": error.code().name,
        "reason": info.reason,
        "fields": [violation.field for violation in fields.field_violations],
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
