"""EC2's quotas of vCPUs, which moto does not have."""

from moto.servicequotas.models import ServiceQuotasBackend

from ..simulation import Simulation
from .patch import replaces

QUOTAS = {
    "L-1216C47A": "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
    "L-34B43A08": "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests",
}


def install(simulation: Simulation) -> None:
    @replaces(ServiceQuotasBackend, "get_service_quota")
    def get_service_quota(original, backend, service_code, quota_code):
        if service_code != "ec2" or quota_code not in QUOTAS:
            return original(backend, service_code, quota_code)
        return {
            "ServiceCode": "ec2",
            "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)",
            "QuotaArn": f"arn:aws:servicequotas:{backend.region_name}:{backend.account_id}:ec2/{quota_code}",
            "QuotaCode": quota_code,
            "QuotaName": QUOTAS[quota_code],
            "Value": simulation.vcpu_quota,
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }
