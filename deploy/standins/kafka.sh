#!/bin/bash
# As the official image documents: KAFKA_NODE_ID is node.id, and so on; formatted at the first start.
set -euo pipefail
settings=/tmp/server.properties
env | grep '^KAFKA_' | grep -v '^KAFKA_HEAP_OPTS=' | while IFS='=' read -r name value; do
  name=${name#KAFKA_} && name=${name,,}
  echo "${name//_/.}=$value"
done > "$settings"
java=(java -Xmx512m -XX:+UseSerialGC -cp '/opt/kafka/libs/*')
# formatting again what is formatted changes nothing
"${java[@]}" kafka.tools.StorageTool format --ignore-formatted \
  -t "${CLUSTER_ID:-5L6g3nShT-eMCtK--X86sw}" -c "$settings"
exec "${java[@]}" kafka.Kafka "$settings"
