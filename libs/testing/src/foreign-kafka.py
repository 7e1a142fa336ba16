"""A client of Kafka that has nothing to do with the hub: it writes and reads records as any other program would.

Reads one request as JSON from its input and answers as JSON; bytes travel as base64.
"""

import base64
import json
import sys
import time

from kafka import KafkaConsumer, KafkaProducer, TopicPartition


def decoded(text):
    return None if text is None else base64.b64decode(text)


def encoded(content):
    return None if content is None else base64.b64encode(content).decode()


def produce(request):
    producer = KafkaProducer(bootstrap_servers=request["bootstrap"], acks="all")
    futures = [
        producer.send(
            request["topic"],
            key=decoded(record.get("key")),
            value=decoded(record.get("value")),
            headers=[(name, decoded(value)) for name, value in record.get("headers", [])],
            partition=record.get("partition"),
        )
        for record in request["records"]
    ]
    producer.flush()
    sent = [future.get(timeout=30) for future in futures]
    producer.close()
    return [{"partition": one.partition, "offset": one.offset} for one in sent]


def consume(request):
    consumer = KafkaConsumer(bootstrap_servers=request["bootstrap"], enable_auto_commit=False)
    topic = request["topic"]
    end = time.monotonic() + request["timeoutMs"] / 1000
    while not (partitions := consumer.partitions_for_topic(topic)) and time.monotonic() < end:
        time.sleep(0.1)
    places = [TopicPartition(topic, partition) for partition in sorted(partitions or [])]
    consumer.assign(places)
    consumer.seek_to_beginning(*places)
    records = []
    while len(records) < request["count"] and time.monotonic() < end:
        for batch in consumer.poll(timeout_ms=200).values():
            records.extend(batch)
    consumer.close()
    return [
        {
            "partition": record.partition,
            "offset": record.offset,
            "key": encoded(record.key),
            "headers": [[name, encoded(value)] for name, value in record.headers],
            "value": encoded(record.value),
        }
        for record in records
    ]


request = json.load(sys.stdin)
json.dump({"produce": produce, "consume": consume}[request["do"]](request), sys.stdout)
