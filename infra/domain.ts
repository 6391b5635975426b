import { DomainName, EndpointType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Construct } from 'constructs';
import { encryptedAtLeast } from './api.ts';

type InletDomainProps = {
  readonly restApi: RestApi;
  readonly domainName: string;
  /** In ACM, in the stack's region. */
  readonly certificateArn: string;
};

/** A name of the operator's for the API, with no stage in its paths: some clients take no path in their node's address. */
export class InletDomain extends Construct {
  /** Where the operator's DNS has to point: an alias, or a CNAME. */
  readonly target: string;

  constructor(scope: Construct, id: string, { restApi, domainName, certificateArn }: InletDomainProps) {
    super(scope, id);
    const domain = new DomainName(this, 'DomainName', {
      domainName,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
      endpointType: EndpointType.REGIONAL,
      ...encryptedAtLeast,
    });
    domain.addBasePathMapping(restApi, { stage: restApi.deploymentStage });
    this.target = domain.domainNameAliasDomainName;
  }
}
