#!/usr/bin/env bash
# The containers of a local cluster, started by hand: create-by-hand.sh up IMAGE S3_IMAGE | down
set -euo pipefail

name=bench-by-hand
nodes=("$name-master" "$name-worker-1" "$name-worker-2" "$name-driver" "$name-s3")

if [[ $1 == down ]]; then
  docker rm --force --volumes "${nodes[@]}" >/dev/null
  docker network rm "$name" >/dev/null
  docker volume rm "$name-conf" "$name-data" >/dev/null
  exit
fi

image=$2 s3=$3
daemon=(--env SPARK_DAEMON_MEMORY=512m --env "SPARK_DAEMON_JAVA_OPTS=-XX:+UseSerialGC -XX:TieredStopAtLevel=1")
docker network create "$name" >/dev/null
conf=$(mktemp -d)
printf 'spark.authenticate true\nspark.authenticate.secret s\nspark.network.crypto.enabled true\nspark.master.rest.enabled false\nspark.ui.reverseProxy true\n' >"$conf/spark-defaults.conf"
printf 's3proxy.endpoint=http://0.0.0.0:9000\ns3proxy.authorization=aws-v2-or-v4\ns3proxy.identity=a\ns3proxy.credential=b\njclouds.provider=filesystem-nio2\njclouds.filesystem.basedir=/data\n' >"$conf/s3proxy.properties"
chmod -R a+rX "$conf"
docker create --name "$name-driver" --network "$name" --hostname driver -v "$name-conf:/opt/spark/conf" --entrypoint sleep "$image" infinity >/dev/null
docker cp --quiet "$conf/." "$name-driver:/opt/spark/conf" 2>/dev/null || docker cp "$conf/." "$name-driver:/opt/spark/conf"
start() { docker run --detach --network "$name" --user spark -v "$name-conf:/opt/spark/conf:ro" "$@" >/dev/null; }
docker start "$name-driver" >/dev/null &
start --name "$name-master" --hostname master --publish 127.0.0.1::8080 "${daemon[@]}" "$image" \
  spark-class org.apache.spark.deploy.master.Master --host master --port 7077 --webui-port 8080 &
for i in 1 2; do
  start --name "$name-worker-$i" --hostname "worker-$i" "${daemon[@]}" "$image" \
    start-worker master 8080 --host "worker-$i" --cores 1 --memory 2g spark://master:7077 &
done
start --name "$name-s3" --hostname s3 -v "$name-data:/data" -v "$name-conf:/etc/s3proxy:ro" "$s3" start-s3 &
wait
rm -r "$conf"

ui=$(docker port "$name-master" 8080)
until [[ $(curl --silent --max-time 2 "http://$ui/json/" | grep -c '"state" *: *"ALIVE"') -ge 2 ]]; do sleep 0.1; done
