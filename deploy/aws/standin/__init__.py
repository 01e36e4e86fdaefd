"""A stand-in for what AWS does with logs, alarms and traces, on top of moto. It is not AWS."""
