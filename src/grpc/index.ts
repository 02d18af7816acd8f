// `tfgraph/grpc`: importing it lets `tf.Session` run on `grpc://host:port` targets (in Node: it uses node:http2).
import { grpcMaster } from '../session/grpc/session.ts';
import { registerMaster } from '../session/master.ts';

registerMaster('grpc', grpcMaster);
